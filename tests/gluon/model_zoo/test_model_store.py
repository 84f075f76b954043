"""Weights are found where they may be, checked, and nothing else is asked."""

import hashlib
import http.server
import io
import socket
import struct
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from regluon.core.errors import ArgumentError, ArgumentTypeError, FormatError, MXNetError, UnknownNameError
from regluon.cv.model_zoo import pretrained as cv_pretrained
from regluon.gluon import nn
from regluon.gluon.model_zoo import mirror, model_store
from regluon.gluon.model_zoo.model_store import find_weights, get_model_file, load_pretrained, purge


def network() -> nn.Dense:
    return nn.Dense(2, in_units=3)


def weights(value: float, path: Path) -> bytes:
    """Write a file of weights and return its bytes."""
    net = network()
    net.initialize()
    net.weight.set_data(np.full((2, 3), value, np.float32))
    path.parent.mkdir(parents=True, exist_ok=True)
    net.save_parameters(path)
    return path.read_bytes()


def sha1(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def named(value: float, folder: Path, name: str = "some_net") -> str:
    """Put weights into a folder under the name of their hash, which is returned."""
    found = sha1(weights(value, folder / "draft"))
    (folder / "draft").rename(folder / f"{name}-{found[:8]}.params")
    return found


def loaded(pretrained, root, name="some_net", load=load_pretrained) -> float:
    net = network()
    load(net, name, pretrained, root)
    return net.weight.data().asnumpy()[0, 0]


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch):
    for name in ("MXNET_HOME", "REGLUON_MODEL_MIRROR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def published(monkeypatch):
    """Let some network be one of those whose weights have been published."""
    table: dict[str, tuple[str, ...]] = {}
    monkeypatch.setattr(model_store, "_hashes", lambda: table)
    return table


class Handler(http.server.SimpleHTTPRequestHandler):
    asked: list[str]
    elsewhere = ""

    def do_GET(self):
        self.asked.append(self.path)
        if self.path.startswith("/broken/"):
            self.send_error(500)
        elif self.path.startswith("/moved/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/moved"))
            self.end_headers()
        elif self.path.startswith("/away/"):
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{self.server.server_address[1]}/x")
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *args):
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path, list[str]]]:
    """A web site on this machine: its address, its folder, and what it has been asked for."""
    folder, asked = tmp_path / "site", []
    folder.mkdir()
    kind = type("Logged", (Handler,), {"asked": asked})

    class Server(http.server.ThreadingHTTPServer):
        def finish_request(self, request, client_address):
            kind(request, client_address, self, directory=str(folder))

    with Server(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", folder, asked
        server.shutdown()
        thread.join()


def zipped(content: bytes, member: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)
    return packed.getvalue()


# On this machine


@pytest.mark.parametrize("pretrained", [None, False])
def test_nothing_is_loaded_if_not_asked(pretrained, tmp_path):
    net = network()
    load_pretrained(net, "some_net", pretrained, tmp_path)
    assert not net.weight.initialized


def test_a_file_and_a_folder(tmp_path):
    weights(1.5, tmp_path / "mine.params")
    assert loaded(tmp_path / "mine.params", tmp_path / "none") == 1.5
    assert loaded(str(tmp_path / "mine.params"), tmp_path / "none") == 1.5
    weights(2.5, tmp_path / "folder" / "some_net.params")
    assert loaded(tmp_path / "folder", tmp_path / "none") == 2.5


def test_the_root_and_its_hashes(tmp_path):
    weights(1, tmp_path / "some_net.params")
    assert loaded(True, tmp_path) == 1
    found = named(2, tmp_path)
    named(9, tmp_path, "some_net_2")
    assert loaded(True, tmp_path) == 2
    assert loaded(found[:8], tmp_path) == loaded(found, tmp_path) == 2


def test_the_published_file_comes_first(tmp_path, published):
    mxnet, gluoncv, _other = (named(value, tmp_path) for value in (1, 2, 3))
    published["some_net"] = (gluoncv, mxnet)
    assert loaded(True, tmp_path) == 1
    assert loaded(True, tmp_path, load=cv_pretrained.load_pretrained) == 2
    assert get_model_file("some_net", tmp_path).endswith(f"some_net-{mxnet[:8]}.params")
    assert cv_pretrained.get_model_file("some_net", root=tmp_path).endswith(f"some_net-{gluoncv[:8]}.params")
    assert cv_pretrained.get_model_file("some_net", mxnet[:8], tmp_path).endswith(f"some_net-{mxnet[:8]}.params")
    published["some_net"] = (gluoncv, "-")
    assert loaded(True, tmp_path) == 2


def test_mxnet_home_holds_models(tmp_path, monkeypatch):
    monkeypatch.setenv("MXNET_HOME", str(tmp_path))
    weights(1, tmp_path / "models" / "some_net.params")
    assert find_weights("some_net") == tmp_path / "models" / "some_net.params"
    assert loaded(True, model_store.ROOT) == 1
    purge()
    assert names(tmp_path / "models") == []


def test_purging_takes_files_of_weights_only(tmp_path):
    for name in ("a.params", "b.txt"):
        (tmp_path / name).touch()
    purge(tmp_path)
    assert names(tmp_path) == ["b.txt"]
    purge(tmp_path / "none")


def test_several_files_must_be_chosen_among(tmp_path):
    first, second = sorted(named(value, tmp_path)[:8] for value in (1, 2))
    with pytest.raises(ArgumentError, match=f"must be one file of weights in .*, got 2; .* among {first}, {second}"):
        loaded(True, tmp_path)


def test_damage_is_seen(tmp_path):
    found = named(1, tmp_path)
    path = tmp_path / f"some_net-{found[:8]}.params"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FormatError, match=f"must have the SHA-1 {found[:8]}, got .*; it is damaged, delete it"):
        loaded(True, tmp_path)


def test_what_is_not_there(tmp_path, published, monkeypatch):
    with pytest.raises(
        UnknownNameError, match=r"some_net: its weights must be in .*none as some_net.params, but are not"
    ):
        loaded(True, tmp_path / "none")
    published["some_net"] = ("a" * 40,)
    monkeypatch.setenv("REGLUON_MODEL_MIRROR", str(tmp_path / "elsewhere"))
    with pytest.raises(
        UnknownNameError, match=r"in .*none or .*elsewhere as some_net-aaaaaaaa.params or .*REGLUON_MODEL_MIRROR"
    ):
        loaded(True, tmp_path / "none")
    with pytest.raises(UnknownNameError, match=r"must be in .* as some_net-bbbbbbbb.params"):
        loaded("b" * 8, tmp_path)
    with pytest.raises(UnknownNameError, match=r"a file, a folder, the first 8 digits .*, or True, got 'weigths'"):
        loaded("weigths", tmp_path)
    with pytest.raises(ArgumentTypeError, match="pretrained must be True, False, None or a path, got 3"):
        loaded(3, tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnknownNameError, match=r"must be in .*empty as some_net.params"):
        loaded(tmp_path / "empty", tmp_path)


def test_base_weights(tmp_path):
    assert cv_pretrained.base_weights("some_net", False, tmp_path) is False
    assert cv_pretrained.base_weights("some_net", True, tmp_path) is True
    assert cv_pretrained.base_weights("some_net", None, tmp_path) is False
    weights(1, tmp_path / "some_net.params")
    assert cv_pretrained.base_weights("some_net", None, tmp_path) == tmp_path / "some_net.params"


def test_a_shared_function_keeps_its_name(tmp_path):
    def some_net(units=2, **names):
        """Make it."""
        return nn.Dense(units, in_units=3, **names)

    weights(4, tmp_path / "some_net.params")
    made = cv_pretrained.shared(some_net)
    assert (made.__name__, made.__doc__) == ("some_net", "Make it.")
    assert made(pretrained=True, root=tmp_path).weight.data().asnumpy()[0, 0] == 4
    assert made(units=5).weight.shape == (5, 3)


def test_the_table_names_real_hashes():
    table = model_store._hashes()
    assert table["resnet50_v1"][0].startswith("cc729d95")
    assert model_store.published("resnet50_v1", "mxnet")[0].startswith("0aee57f9")
    assert model_store.published("resnet18_v1", "mxnet") == ("a0666292f0a30ff61f857b0b66efc0228eb6a54b",)
    assert model_store.published("ssd_512_resnet50_v1_voc", "mxnet")[0].startswith("9c8b225a")
    assert all(len(one) in (1, 40) for hashes in table.values() for one in hashes)


# From a mirror


@pytest.mark.parametrize("below", ["", "gluon/models"])
def test_a_folder_as_mirror(below, tmp_path, published, monkeypatch):
    found = named(1, tmp_path / "mirror" / below)
    monkeypatch.setenv("REGLUON_MODEL_MIRROR", str(tmp_path / "mirror"))
    assert loaded(True, tmp_path / "root") == 1
    assert not (tmp_path / "root").exists()
    published["some_net"] = (found,)
    assert cv_pretrained.base_weights("some_net", None, tmp_path / "root").parent == tmp_path / "mirror" / below


def test_a_folder_of_zips_as_mirror(tmp_path, published, monkeypatch):
    content = weights(3, tmp_path / "draft")
    stem = f"some_net-{sha1(content)[:8]}"
    (tmp_path / f"{stem}.zip").write_bytes(zipped(content, f"{stem}.params"))
    published["some_net"] = (sha1(content),)
    monkeypatch.setenv("REGLUON_MODEL_MIRROR", str(tmp_path))
    assert loaded(True, tmp_path / "root") == 3
    assert names(tmp_path / "root") == [f"{stem}.params"]


@pytest.mark.parametrize("moved", ["", "/moved"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_site_as_mirror(packed, moved, site, tmp_path, published, monkeypatch):
    address, folder, asked = site
    content = weights(5, tmp_path / "draft")
    stem = f"some_net-{sha1(content)[:8]}"
    published["some_net"] = (sha1(content),)
    where = folder / "gluon" / "models" / f"{stem}.zip" if packed else folder / f"{stem}.params"
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_bytes(zipped(content, f"{stem}.params") if packed else content)
    monkeypatch.setenv("REGLUON_MODEL_MIRROR", address + moved)
    assert cv_pretrained.base_weights("some_net", None, tmp_path / "root") is False
    assert asked == []
    assert loaded(True, tmp_path / "root") == 5
    seen = len(asked)
    assert loaded(True, tmp_path / "root") == 5  # kept there
    assert len(asked) == seen
    assert names(tmp_path / "root") == [f"{stem}.params"]


def test_a_file_of_another_hash_from_a_site(site, tmp_path, monkeypatch):
    address, folder, _ = site
    content = weights(6, tmp_path / "draft")
    (folder / f"some_net-{sha1(content)[:8]}.params").write_bytes(content)
    monkeypatch.setenv("REGLUON_MODEL_MIRROR", address + "/")
    with pytest.raises(UnknownNameError, match="but are not"):
        loaded(True, tmp_path / "root")  # a site cannot be asked what it has
    assert loaded(sha1(content)[:8], tmp_path / "root") == 6


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        pytest.param("params", b"other", "must have the SHA-1 aaaaaaaa.*, got .*; it is damaged", id="other content"),
        pytest.param("zip", b"no zip", "must be a zip that holds some_net-aaaaaaaa.params, got", id="no zip"),
        pytest.param("zip", zipped(b"x", "../else"), "must be a zip that holds some_net-aaaaaaaa", id="other member"),
        pytest.param("zip", zipped(b"x" * 9999, "some_net-aaaaaaaa.params"), "at most 999 bytes", id="zip too large"),
        pytest.param("params", b"x" * 9999, "must have at most 999 bytes, got more", id="too large"),
    ],
)
def test_what_is_wrong_is_not_kept(file, content, message, site, tmp_path, monkeypatch):
    address, folder, _ = site
    (folder / f"some_net-aaaaaaaa.{file}").write_bytes(content)
    monkeypatch.setenv("REGLUON_MODEL_MIRROR", address)
    monkeypatch.setattr(mirror, "LARGEST", 999)
    with pytest.raises(FormatError, match=message):
        loaded("aaaaaaaa", tmp_path / "root")
    assert names(tmp_path / "root") == []


def test_sites_that_fail(site, tmp_path, monkeypatch):
    address, _, _ = site
    for where, message in (
        ("/broken", "must be readable, got HTTP status 500"),
        ("/away", "must answer itself, but sends on to http://localhost"),
    ):
        monkeypatch.setenv("REGLUON_MODEL_MIRROR", address + where)
        with pytest.raises(MXNetError, match=message):
            loaded("aaaaaaaa", tmp_path)
    monkeypatch.setenv("REGLUON_MODEL_MIRROR", "http://127.0.0.1:1")
    with pytest.raises(MXNetError, match="must be readable, got"):
        loaded("aaaaaaaa", tmp_path)


@pytest.mark.parametrize(
    ("rude", "error", "message"),
    [
        pytest.param(False, FormatError, "must have the SHA-1 aaaaaaaa, got", id="too early"),
        pytest.param(True, MXNetError, "must be readable to its end, got", id="without a word"),
    ],
)
def test_a_site_that_breaks_off(rude, error, message, site, tmp_path, monkeypatch):
    address, _, _ = site

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"few")
        self.close_connection = True
        if rude:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    monkeypatch.setattr(Handler, "do_GET", do_GET)
    monkeypatch.setattr(mirror, "CHUNK", 10)
    monkeypatch.setenv("REGLUON_MODEL_MIRROR", address)
    with pytest.raises(error, match=message):
        loaded("aaaaaaaa", tmp_path)
    assert names(tmp_path) == ["site"]
