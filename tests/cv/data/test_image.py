import io

import numpy as np
import pytest
from PIL import Image

from regluon.core.errors import ArgumentError, FormatError, MXNetError, ShapeError
from regluon.cv.data import MissingFileError, imdecode, imencode, imread, list_images

COLORS = np.array([[[250, 10, 20], [0, 0, 0], [255, 255, 255]], [[1, 2, 3], [9, 80, 200], [128, 128, 128]]], np.uint8)


def saved(picture, form="PNG", **options):
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "PPM", "GIF"])
def test_lossless_forms(form, tmp_path):
    path = tmp_path / f"picture.{form.lower()}"
    path.write_bytes(saved(Image.fromarray(COLORS), form))
    image = imread(path)
    np.testing.assert_array_equal(image, COLORS)
    assert image.dtype == np.uint8
    assert image.flags.writeable
    np.testing.assert_array_equal(imread(str(path)), COLORS)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(orientation, tmp_path):
    # What each value says of the stored rows and columns: the EXIF standard, tag 0x0112.
    upright = np.arange(6, dtype=np.uint8).reshape(2, 3) * 40
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright),
        7: upright[::-1, ::-1].T,
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned.png"
    path.write_bytes(saved(Image.fromarray(np.ascontiguousarray(stored)), exif=exif))
    np.testing.assert_array_equal(imread(path)[..., 1], upright)


def test_modes():
    gray = np.array([[0, 7, 255]], np.uint8)
    tripled = np.repeat(gray[..., None], 3, axis=2)
    np.testing.assert_array_equal(imdecode(saved(Image.fromarray(gray))), tripled)
    np.testing.assert_array_equal(
        imdecode(saved(Image.fromarray(gray > 7))), np.repeat(gray[..., None] // 255 * 255, 3, 2)
    )
    palette = Image.fromarray(COLORS).quantize(6)
    np.testing.assert_array_equal(imdecode(saved(palette)), np.asarray(palette.convert("RGB")))
    deep = Image.fromarray(np.array([[0, 256, 65535, 32768]], np.uint16))
    assert imdecode(saved(deep))[0, :, 0].tolist() == [0, 1, 255, 128]
    assert imdecode(saved(Image.fromarray(np.array([[70000, 300]], np.int32)), "TIFF"))[0, :, 2].tolist() == [255, 1]
    cyan = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    for form in ("TIFF", "JPEG"):
        red, green, blue = imdecode(saved(cyan, form))[4, 4].tolist()
        assert red < 10
        assert min(green, blue) > 245


def test_what_is_transparent_is_white():
    pixels = np.array([[[200, 0, 0, 255], [200, 0, 0, 0], [200, 0, 0, 128]]], np.uint8)
    clear, opaque, half = [255, 255, 255], [200, 0, 0], 255 - round((255 - 200) * 128 / 255)
    rows = imdecode(saved(Image.fromarray(pixels)))[0].tolist()
    assert rows[:2] == [opaque, clear]
    assert abs(rows[2][0] - half) <= 1
    assert abs(rows[2][1] - 127) <= 1
    palette = Image.fromarray(np.array([[0, 1]], np.uint8)).convert("P")
    palette.putpalette([10, 20, 30, 40, 50, 60])
    assert imdecode(saved(palette, transparency=1))[0].tolist() == [[10, 20, 30], clear]
    shade = Image.new("LA", (1, 1), (9, 0))
    assert imdecode(saved(shade))[0].tolist() == [clear]


def test_first_picture_of_an_animation():
    frames = [Image.new("RGB", (4, 4), color) for color in ("red", "blue")]
    assert imdecode(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))[0, 0].tolist() == [255, 0, 0]


def noise(form):
    return saved(Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 60, 3), np.uint8)), form)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "must be a picture, got an empty file", id="empty"),
        pytest.param(b"hello, this is text", "in a format that Pillow reads, got something else", id="text"),
        pytest.param(noise("JPEG")[:900], "whole, undamaged picture: image file is truncated", id="half a jpeg"),
        pytest.param(noise("PNG")[:3000], "whole, undamaged picture: .*truncated", id="half a png"),
        pytest.param(noise("PNG")[:20], "Pillow reads|whole, undamaged", id="head of a png"),
        pytest.param(
            noise("PNG")[:60] + b"\0" * 50 + noise("PNG")[110:], "whole, undamaged picture", id="damaged in the middle"
        ),
        pytest.param(
            saved(Image.fromarray(np.zeros((2, 2), np.float32)), "TIFF"),
            "whole numbers, got floating-point",
            id="floats",
        ),
    ],
)
def test_files_that_are_no_pictures(content, words, tmp_path):
    path = tmp_path / "bad.jpg"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=f"imread: '.*bad.jpg' .*({words})") as caught:
        imread(path)
    assert "\n" not in str(caught.value)
    with pytest.raises(FormatError, match=f"imdecode: data .*({words})"):
        imdecode(content)


def test_bomb(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(FormatError, match=r"MAX_IMAGE_PIXELS allows \(100\): .*400 pixels"):
        imdecode(saved(Image.new("L", (20, 20))))


def test_imencode():
    for suffix, form in ((".png", "PNG"), (".BMP", "BMP"), (".jpg", "JPEG"), (".webp", "WEBP")):
        data = imencode(COLORS, suffix)
        assert Image.open(io.BytesIO(data)).format == form
        assert imdecode(data).shape == COLORS.shape
    np.testing.assert_array_equal(imdecode(imencode(COLORS, ".png")), COLORS)
    smooth = np.repeat(np.arange(0, 240, 5, dtype=np.uint8), 48 * 3).reshape(48, 48, 3)
    assert np.abs(imdecode(imencode(smooth)).astype(int) - smooth).max() <= 3
    assert len(imencode(smooth, quality=20)) < len(imencode(smooth, quality=95))
    with pytest.raises(ArgumentError, match=r"suffix must be one that Pillow writes, .* got '.nope'"):
        imencode(COLORS, ".nope")
    with pytest.raises(ShapeError, match=r"image must be \(H, W, 3\) uint8, got \(2, 3\) uint8"):
        imencode(COLORS[..., 0])


def test_missing_file(tmp_path):
    with pytest.raises(MissingFileError, match=r"imread: path must be a file that exists, got '.*none.jpg'") as caught:
        imread(tmp_path / "none.jpg")
    assert isinstance(caught.value, FileNotFoundError)
    assert isinstance(caught.value, MXNetError)
    with pytest.raises(FormatError, match=r"got the folder .*: list_images lists what is in it"):
        imread(tmp_path)


@pytest.fixture
def tree(tmp_path):
    for name in ("b.jpg", "a.PNG", "notes.txt", ".hidden.jpg", "sub/c.webp", "sub/.cache/d.jpg", "sub/deep/e.tiff"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.jpg").mkdir()
    return tmp_path


def test_list_images(tree):
    def names(paths):
        return [path.relative_to(tree).as_posix() for path in list_images(paths)]

    everything = ["a.PNG", "b.jpg", "sub/c.webp", "sub/deep/e.tiff"]
    assert names(tree) == everything
    assert names(str(tree)) == everything
    assert names([tree / "sub", tree]) == ["sub/c.webp", "sub/deep/e.tiff", "a.PNG", "b.jpg"]
    assert names([tree / "notes.txt", tree / "b.jpg", tree / "b.jpg"]) == ["notes.txt", "b.jpg"]
    assert names(f"{tree}/*.[jP]*") == ["a.PNG", "b.jpg"]
    assert names(f"{tree}/**/*.webp") == ["sub/c.webp"]


def test_list_images_errors(tree):
    with pytest.raises(MissingFileError, match=r"must be files, folders or patterns that exist, got '.*nowhere'"):
        list_images([tree / "b.jpg", tree / "nowhere"])
    with pytest.raises(MissingFileError, match=r"patterns that exist, got '.*\*\.bmp'"):
        list_images(f"{tree}/*.bmp")
    with pytest.raises(ArgumentError, match=r"at least one picture, got \['.*folder.jpg'\] \(looked for \.avif "):
        list_images(tree / "folder.jpg")
