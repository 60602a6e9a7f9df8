"""Files appear whole or not at all, and writers leave each other's alone."""

from __future__ import annotations

import functools
import threading

import pytest

from timenet_sklearn._atomic import is_left_behind, open_atomically, write_atomically


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_written_file_holds_the_content_and_leaves_nothing_beside_it(tmp_path):
    for content in (b"first", b"", b"third"):
        write_atomically(tmp_path / "file", content)
        assert (tmp_path / "file").read_bytes() == content
    assert names(tmp_path) == ["file"]


def test_a_block_that_raises_leaves_the_old_file_and_no_other(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(KeyError), open_atomically(tmp_path / "file") as stream:
        stream.write(b"new")
        raise KeyError
    assert (tmp_path / "file").read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_disk_that_fills_up_leaves_the_old_file_and_names_it(tmp_path):
    resource = pytest.importorskip("resource", reason="needs limits on file size")
    path = tmp_path / "file"
    path.write_bytes(b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with pytest.raises(OSError, match="large") as refused:
            write_atomically(path, b"new" * 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert str(refused.value).endswith(f": '{path}'")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_an_error_of_reading_is_not_laid_to_the_file_written(tmp_path):
    with pytest.raises(OSError) as failed, open_atomically(tmp_path / "file"):
        raise OSError(5, "Input/output error")
    assert failed.value.filename is None


def test_place_that_cannot_be_taken_leaves_no_temporary_file(tmp_path):
    (tmp_path / "file" / "inside").mkdir(parents=True)
    with pytest.raises(OSError):
        write_atomically(tmp_path / "file", b"content")
    assert names(tmp_path) == ["file"]


def test_several_writers_of_one_file_all_succeed_and_readers_see_whole_ones(tmp_path):
    path = tmp_path / "file"
    contents = [bytes([index]) * 300_000 for index in range(4)]
    path.write_bytes(contents[0])
    errors = []

    def write(content):
        try:
            for _ in range(40):
                write_atomically(path, content)
        except OSError as error:
            errors.append(error)

    threads = [
        threading.Thread(target=functools.partial(write, content))
        for content in contents
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert path.read_bytes() in contents
    assert not errors
    assert names(tmp_path) == ["file"]


def test_what_another_is_writing_stays(tmp_path):
    with open_atomically(tmp_path / "file") as stream:
        stream.write(b"slow")
        write_atomically(tmp_path / "file", b"quick")
        assert (tmp_path / "file").read_bytes() == b"quick"
        (half,) = tmp_path.glob(".*.part")
        assert is_left_behind(half)
    assert (tmp_path / "file").read_bytes() == b"slow"
    assert names(tmp_path) == ["file"]
