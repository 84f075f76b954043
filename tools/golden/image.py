"""The operators on pictures. What draws by chance is asked where there is nothing to choose from."""

from __future__ import annotations

from golden.case import Case, Draw, Table, array, case, integers, uniform

__all__ = ["TABLE"]


def picture(*shape: int) -> Draw:
    """Draw whole numbers from 0 to 255 as a picture holds them."""
    return integers(0, 256, *shape, dtype="uint8")


def resizes() -> list[Case]:
    """Ask for every way to interpolate, larger and smaller, of whole numbers and of others."""
    sizes = [("half", (12, 8)), ("smaller", (7, 11)), ("larger", (40, 25)), ("mixed", (9, 30)), ("a third", (8, 4))]
    return [
        *(
            case(f"uint8, {title}, interp {way}", picture(16, 24, 3), size=size, interp=way, grad=False)
            for title, size in sizes
            for way in range(5)
        ),
        *(
            case(f"float32, interp {way}", uniform(0, 255, 9, 7, 2), size=(5, 12), interp=way, grad=False)
            for way in range(5)
        ),
        case("float64", uniform(0, 255, 4, 6, 1, dtype="float64"), size=(3, 5), grad=False),
        case("third, float32", uniform(0, 255, 6, 9, 1), size=(3, 2), interp=3, grad=False),
        case("same size", picture(3, 4, 1), size=(4, 3), interp=2, grad=False),
        case("several pictures", picture(2, 5, 6, 3), size=(4, 7), grad=False),
        case("one number", picture(6, 9, 3), size=(5,), grad=False),
        case("shorter edge, wide", picture(6, 9, 3), size=(4,), keep_ratio=True, grad=False),
        case("shorter edge, tall", picture(9, 6, 3), size=(7,), keep_ratio=True, grad=False),
        case("two numbers and keep_ratio", picture(6, 9, 3), size=(4, 5), keep_ratio=True, grad=False),
        case("to one pixel", picture(6, 9, 3), size=(1, 1), grad=False),
        case("from one pixel", picture(1, 1, 3), size=(3, 2), interp=2, grad=False),
    ]


def by_factor(*factors: float) -> list[Case]:
    """Ask for a color change whose least and greatest factor are one."""
    kinds = [("uint8", picture(4, 5, 3)), ("float32", uniform(0, 255, 3, 2, 3))]
    return [
        case(f"{kind}, {factor}", data, min_factor=factor, max_factor=factor)
        for factor in factors
        for kind, data in kinds
    ]


GRAY = uniform(0, 255, 3, 4, 1)

TABLE: Table = {
    "_image_resize": resizes(),
    "_image_to_tensor": [
        case("uint8", picture(3, 4, 3), grad=False),
        case("several pictures", picture(2, 3, 2, 3), grad=False),
        case("float32", uniform(0, 255, 2, 3, 1), grad=False),
        case("float64", uniform(0, 255, 2, 3, 1, dtype="float64"), grad=False),
    ],
    "_image_normalize": [
        case("by channel", uniform(0, 1, 3, 2, 4), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
        case("one for all", uniform(0, 1, 3, 2, 4), mean=(0.5,), std=(2.0,)),
        case("several pictures", uniform(0, 1, 2, 3, 2, 2), mean=(0.5, 0.25, 0.0), std=(2.0,)),
        case("gray", uniform(0, 1, 1, 2, 4), mean=(0.5,), std=(0.25,)),
        case("float64", uniform(0, 1, 3, 2, 2, dtype="float64"), mean=(0.485,), std=(0.229,)),
        case("uint8", picture(3, 2, 2), mean=(1.0, 2.0, 3.0), std=(2.0, 4.0, 8.0), grad=False),
    ],
    "_image_crop": [
        case("picture", uniform(0, 255, 4, 5, 3), x=1, y=2, width=3, height=2),
        case("several pictures", uniform(0, 255, 2, 4, 5, 1), x=2, y=0, width=2, height=4),
        case("uint8, all of it", picture(4, 5, 3), x=0, y=0, width=5, height=4, grad=False),
    ],
    "_image_flip_left_right": [case("colors", uniform(0, 255, 3, 4, 3)), case("gray", picture(3, 4, 1))],
    # Of an odd number of rows MXNet leaves the middle one unwritten.
    "_image_flip_top_bottom": [case("colors", uniform(0, 255, 4, 3, 3)), case("gray", picture(2, 3, 1))],
    "_image_random_brightness": [*by_factor(0.0, 0.7, 1.0, 1.6), case("gray", GRAY, min_factor=0.5, max_factor=0.5)],
    "_image_random_contrast": [*by_factor(0.0, 0.7, 1.0, 1.6), case("gray", GRAY, min_factor=0.5, max_factor=0.5)],
    "_image_random_saturation": [*by_factor(0.0, 0.7, 1.0, 1.6), case("gray", GRAY, min_factor=0.5, max_factor=0.5)],
    "_image_random_hue": [
        *by_factor(0.0, 0.1, 0.3, 0.75, 1.0, 1.9),
        case(
            "edges",
            array(
                [
                    [[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0]],
                    [[0, 0, 255], [9, 9, 9], [8, 8, 9], [250, 250, 1]],
                ]
            ),
            min_factor=0.4,
            max_factor=0.4,
        ),
    ],
    "_image_adjust_lighting": [
        case("uint8", picture(3, 4, 3), alpha=(0.1, -0.2, 0.3)),
        case("float32", uniform(0, 255, 3, 4, 3), alpha=(-0.5, 0.25, 2.0)),
        case("past the ends", picture(3, 4, 3), alpha=(3.0, 0.0, 0.0)),
    ],
    "_image_random_lighting": [
        case("uint8", picture(3, 4, 3), alpha_std=0.0),
        case("float32", uniform(0, 255, 3, 4, 3), alpha_std=0.0),
    ],
}
