"""Telling from its first bytes what a file is that is not what it should be."""

__all__ = ["describe"]

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "a gzip archive: unpack it first (SageMaker's model.tar.gz holds the .params file)"),
    (b"BZh", "a bzip2 archive: unpack it first"),
    (b"\xfd7zXZ\x00", "an xz archive: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive: unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself: run 'git lfs pull'"),
    (b"\x93NUMPY", "a single numpy array: numpy.load reads it"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file, such as Keras writes"),
    (b"\x0a\x23\xd7\xce", "a RecordIO file: MXRecordIO reads it"),
    (b"\xb7\x9c\x04\x05\x4f\x8d\xe5\xf7", "the parameters of a model compiled by TVM"),
    (b"7767517", "the graph of an ncnn model"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
)


def describe(head: bytes) -> str:
    """Say in words what a file looks like, and what to do about it.

    Args:
        head: the first 512 bytes, or all there are.

    Examples:
        >>> describe(b"")
        'an empty file: the download or the save did not finish'
    """
    if not head:
        return "an empty file: the download or the save did not finish"
    for signature, meaning in _SIGNATURES:
        if head.startswith(signature):
            return meaning
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<error", b"<head", b"<body")):
        return "a web page or the error message of a file server: the download failed"
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 1 << 32:
        return "a safetensors file: the safetensors package reads it"
    if text.startswith((b"{", b"[")):
        return "JSON: a '-symbol.json' file holds the graph, its '.params' file the values"
    if head[0] == 0x80 and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "a Python pickle, which can run any code and is never opened here"
    if head[257:262] == b"ustar":
        return "a tar archive: unpack it first"
    if not head.strip(b"\x00"):
        return "nothing but zeros: the download or the copy did not finish"
    return f"no file known here; it begins with {head[:16]!r}"
