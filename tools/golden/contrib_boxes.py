"""Boxes: suppression, matching, overlaps, coding."""

from __future__ import annotations

import numpy as np

from golden.case import Draw, Table, array, boxes, case, integers, normal

__all__ = ["TABLE"]

#: Rows of id, score, corner box.
PLAIN = [
    [0, 0, 0, 0, 1, 1],
    [0, 0.3, 2, 2, 3, 3],
    [0, -0.5, 4, 4, 5, 5],
    [-1, 0.31, 6, 6, 7, 7],
    [0, 0.2, 8, 8, 9, 9],
]
TIES = [
    [0, 0.5, 0, 0, 1, 1],
    [0, 0.5, 2, 2, 3, 3],
    [0, 0.5, 4, 4, 5, 5],
    [0, 0.7, 6, 6, 7, 7],
    [0, 0.5, 0, 0, 1, 1],
]
NESTED = [
    [0, 0.5, 0.1, 0.1, 0.2, 0.2],
    [1, 0.4, 0.1, 0.1, 0.2, 0.2],
    [0, 0.3, 0.1, 0.1, 0.14, 0.14],
    [2, 0.6, 0.5, 0.5, 0.7, 0.8],
]
NEGATIVE_CORNERS = [[0, 0.9, 0.5, 0.5, 1, 1], [0, 0.8, -0.5, 0.5, 1, 1], [0, 0.7, 3, -1, 4, 1]]
HALF = [[0, 0.9, 0, 0, 2, 1], [0, 0.8, 0, 0, 1, 1]]
IDS = [
    [0, 0.9, 0, 0, 1, 1],
    [1, 0.8, 0, 0, 1, 1],
    [-1, 0.7, 0, 0, 1, 1],
    [1.5, 0.6, 0, 0, 1, 1],
    [1.2, 0.5, 0, 0, 1, 1],
    [0, 0.4, 0, 0, 1, 1],
]
LOW_SCORES = [[0, 0.31, 0, 0, 1, 1], [0, 0.3, 2, 2, 3, 3], [0, -0.5, 4, 4, 5, 5]]
BROKEN = [
    [0, np.inf, 0, 0, 2, 2],
    [0, np.nan, 0, 0, 2, 2],
    [0, 0.9, 2, 2, 0, 0],
    [0, 0.8, 1, 1, 1, 1],
    [0, 0.7, 1, 1, 1, 1],
    [0, 0.6, 0, 0, 2, 1.9],
]


def rows(*shape: int, classes: int = 3, dtype: str = "float32", ties: bool = False) -> Draw:
    """Draw rows of id, score, corner box ``(*shape, 6)``."""

    def sample(random: np.random.RandomState) -> np.ndarray:
        ids = random.randint(-1, classes, (*shape, 1))
        if ties:
            scores = random.randint(-1, 6, (*shape, 1)) / 8
        else:
            count = int(np.prod(shape))
            scores = ((random.permutation(count) - count // 8) / count).reshape(*shape, 1)
        corners = boxes(*shape).sample(random)
        return np.concatenate([ids, scores, corners], axis=-1).astype(dtype)

    return Draw(sample)


def columns(*order: int) -> Draw:
    """Draw 12 rows and put their columns into another order; -1 is a column of noise."""

    def sample(random: np.random.RandomState) -> np.ndarray:
        drawn = rows(12).sample(random)
        noise = random.randint(0, 9, (12, 1)).astype("float32")
        return np.concatenate([noise if k < 0 else drawn[:, k : k + 1] for k in order], axis=1)

    return Draw(sample)


NMS = [
    case("defaults drop scores of 0 and below", PLAIN),
    case("ids drop the background -1", PLAIN, id_index=0),
    case("topk 0 returns the input", PLAIN, topk=0),
    case("topk 0 converts no format", NEGATIVE_CORNERS, topk=0, in_format="center"),
    case("topk 1", PLAIN, topk=1),
    case("topk 2", PLAIN, topk=2),
    case("topk beyond the rows", PLAIN, topk=99),
    case("ties keep their order", TIES),
    case("forced across classes", NESTED, overlap_thresh=0.1, id_index=0, force_suppress=True),
    case("class by class", NESTED, overlap_thresh=0.1, id_index=0),
    case("nested box below the threshold", NESTED, overlap_thresh=0.2, id_index=0),
    case("center to corner skips negative first coordinates", NEGATIVE_CORNERS, in_format="center"),
    case("corner to center skips negative first coordinates", NEGATIVE_CORNERS, out_format="center"),
    case("center stays center", NEGATIVE_CORNERS, in_format="center", out_format="center"),
    case("overlap equal to the threshold is kept", HALF, overlap_thresh=0.5),
    case("overlap just above the threshold", HALF, overlap_thresh=0.49),
    case("ids are truncated for suppression only", IDS, id_index=0, background_id=-1),
    case("background 0", IDS, id_index=0, background_id=0),
    case("background 1 spares 1.5", IDS, id_index=0, background_id=1),
    case("background without ids is ignored", IDS, background_id=0),
    case("score equal to valid_thresh is dropped", LOW_SCORES, valid_thresh=0.3),
    case("negative valid_thresh", LOW_SCORES, valid_thresh=-1.0),
    case("nothing valid", LOW_SCORES, valid_thresh=5.0),
    case("inf, nan, inverted and empty boxes", BROKEN),
    case("overlap_thresh 0 removes every touch", rows(16), overlap_thresh=0.0, id_index=0),
    case("overlap_thresh 1 removes nothing", rows(16), overlap_thresh=1.0, id_index=0),
    case("batch of two", rows(2, 16), overlap_thresh=0.3, id_index=0, valid_thresh=0.01),
    case("batch of two with an empty image", array([PLAIN, [[-1.0] * 6] * 5]), id_index=0),
    case("two leading axes", rows(2, 2, 8), overlap_thresh=0.3, id_index=0, topk=5),
    case("many ties in a batch", rows(2, 24, ties=True), overlap_thresh=0.3, id_index=0, topk=9),
    case("no ids, columns of score and box", columns(1, 2, 3, 4, 5), coord_start=1, score_index=0, id_index=-1),
    case("score last, box first", columns(2, 3, 4, 5, 0, 1), coord_start=0, score_index=5, id_index=4),
    case("extra columns ride along", columns(-1, 0, -1, 1, 2, 3, 4, 5), coord_start=4, score_index=3, id_index=1),
    case("detector's settings", rows(1, 40), overlap_thresh=0.45, valid_thresh=0.01, topk=400, id_index=0),
    case(
        "proposal's settings",
        columns(1, 2, 3, 4, 5),
        overlap_thresh=0.7,
        valid_thresh=1e-4,
        topk=6000,
        score_index=0,
        coord_start=1,
        force_suppress=True,
    ),
    case("one row", [[0, 0.5, 0, 0, 1, 1]]),
    case("float16", rows(2, 10, dtype="float16", ties=True), overlap_thresh=0.3, id_index=0),
    case("float64", rows(2, 10, dtype="float64"), overlap_thresh=0.3, id_index=0, out_format="center"),
]

SCORES = [[0.5, 0.6], [0.1, 0.2], [0.3, 0.4]]
DIAGONAL = np.diag([0.9, 0.8, 0.7, 0.6, 0.5]).astype("float32")

MATCHING = [
    case("low threshold", SCORES, threshold=1e-12),
    case("threshold cuts", SCORES, threshold=0.4),
    case("score equal to the threshold is no match", [[0.5, 0.25], [0.125, 0.0625]], threshold=0.25),
    case("ascending", SCORES, threshold=0.3, is_ascend=True),
    case("ascending, all pass", SCORES, threshold=1.0, is_ascend=True),
    case("ascending, score equal to the threshold", [[0.5, 0.25], [0.125, 0.75]], threshold=0.5, is_ascend=True),
    case("topk -1 is unlimited", DIAGONAL, threshold=1e-12, topk=-1),
    case("topk 0 is unlimited", DIAGONAL, threshold=1e-12, topk=0),
    case("topk 1 gives two", DIAGONAL, threshold=1e-12, topk=1),
    case("topk 2 gives three", DIAGONAL, threshold=1e-12, topk=2),
    case("all equal goes down the diagonal", np.full((3, 3), 0.5, "float32"), threshold=0.1),
    case("greedy, not optimal", [[0.9, 0.8], [0.85, 0.05]], threshold=0.5),
    case("more columns than rows", integers(0, 8, 3, 7), threshold=0.5),
    case("batch with ties", integers(0, 4, 2, 6, 4), threshold=0.5),
    case("batch with ties, ascending", integers(0, 4, 2, 6, 4), threshold=2.5, is_ascend=True, topk=2),
    case("two leading axes", integers(0, 20, 2, 2, 5, 3), threshold=3.0),
    case("negative threshold", normal(4, 5), threshold=-1.0),
    case("one pair", [[0.5]], threshold=0.1),
    case("float16", integers(0, 9, 2, 5, 4, dtype="float16"), threshold=1.5),
    case("float64", integers(0, 9, 2, 5, 4, dtype="float64"), threshold=1.5),
]

ODD_BOXES = [[0, 0, 2, 2], [1, 1, 3, 3], [2, 2, 0, 0], [1, 1, 1, 1], [0, 0, 4, 1]]

IOU = [
    case("pairs", boxes(5), boxes(3)),
    case("inverted and empty boxes", ODD_BOXES, ODD_BOXES),
    case("format given", boxes(4), boxes(4), format="corner"),
    case("center", ODD_BOXES, [[1, 1, 2, 2], [0, 0, 1, -1], [2, 2, 0, 0]], format="center"),
    case("leading axes of both multiply", boxes(2, 3), boxes(3, 2)),
    case("one against a batch", boxes(1), boxes(2, 4)),
    case("not a number", [[0, 0, np.nan, 1], [0, 0, 1, 1]], [[0, 0, 1, 1], [5, 5, 6, 6]]),
    case("float16", boxes(4, dtype="float16"), boxes(2, dtype="float16")),
    case("float64", boxes(4, dtype="float64"), boxes(2, dtype="float64")),
]

MEANS, STDS = [0, 0, 0, 0], [0.1, 0.1, 0.2, 0.2]
FOUR_SAMPLES = [[1, -1, 0, 1]]
FOUR_MATCHES = [[0, 1, 0, 1]]
FOUR_ANCHORS = [[[0, 0, 2, 2], [1, 1, 3, 3], [0, 0, 1, 1], [2, 2, 6, 4]]]
TWO_REFS = [[[0, 0, 4, 4], [1, 1, 5, 3]]]

ENCODE = [
    case("hand-checkable", FOUR_SAMPLES, FOUR_MATCHES, FOUR_ANCHORS, TWO_REFS, MEANS, STDS),
    case("means", FOUR_SAMPLES, FOUR_MATCHES, FOUR_ANCHORS, TWO_REFS, [0.5, -0.5, 0.25, 1], STDS),
    case("unit deviations", FOUR_SAMPLES, FOUR_MATCHES, FOUR_ANCHORS, TWO_REFS, MEANS, [1, 1, 1, 1]),
    case("a sample counts above one half", [[0.6, 0.5, 0.51, -1]], FOUR_MATCHES, FOUR_ANCHORS, TWO_REFS, MEANS, STDS),
    case("matches are truncated", FOUR_SAMPLES, [[0.9, 1.9, 0.2, 1.1]], FOUR_ANCHORS, TWO_REFS, MEANS, STDS),
    case("batch", integers(-1, 2, 2, 8), integers(0, 3, 2, 8), boxes(2, 8), boxes(2, 3), MEANS, STDS),
    case(
        "float64",
        integers(-1, 2, 1, 6, dtype="float64"),
        integers(0, 3, 1, 6, dtype="float64"),
        boxes(1, 6, dtype="float64"),
        boxes(1, 3, dtype="float64"),
        array(MEANS, "float64"),
        array(STDS, "float64"),
    ),
]

DECODE = [
    case("defaults", normal(1, 6, 4), boxes(1, 6)),
    case("corner anchors", normal(1, 6, 4), boxes(1, 6), format="corner"),
    case("deviations", normal(2, 6, 4), boxes(1, 6), std0=0.1, std1=0.15, std2=0.2, std3=0.25, format="corner"),
    case("batch shares the anchors", normal(3, 4, 4), boxes(1, 4), format="center"),
    case("clip cuts the sizes from above", normal(1, 6, 4, scale=3.0), boxes(1, 6), clip=0.5),
    case("clip 0 is none", normal(1, 6, 4), boxes(1, 6), clip=0.0),
    case(
        "detector's settings",
        normal(1, 6, 4, scale=4.0),
        boxes(1, 6, size=512.0),
        std0=0.1,
        std1=0.1,
        std2=0.2,
        std3=0.2,
        clip=4.42,
        format="corner",
    ),
    case("float16", normal(1, 6, 4, dtype="float16"), boxes(1, 6, dtype="float16"), std0=0.1),
    case("float64", normal(1, 6, 4, dtype="float64"), boxes(1, 6, dtype="float64"), std0=0.1),
]

TABLE: Table = {
    "_contrib_box_nms": NMS,
    "_contrib_bipartite_matching": MATCHING,
    "_contrib_box_iou": IOU,
    "_contrib_box_encode": ENCODE,
    "_contrib_box_decode": DECODE,
}
