"""Deliveries in folders: regular files in order, nothing hidden, nothing from outside, nothing forgotten silently."""

import os
from pathlib import Path

import pytest

from dujiang.doors.delivery import folder_delivery
from dujiang.errors import Malformed, Unknown


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.csv", "a.ndjson", "north/c.csv", "README.md", "readme.md.gz", "LICENSE", "_notes.txt", ".hidden", ".git/x", "_old/y"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "in"


def test_a_folder_gives_its_data_files_in_order_with_one_level_of_folders(folder: Path) -> None:
    files = folder_delivery(folder)
    assert [(f.name, f.size) for f in files] == [("a.ndjson", 8), ("b.csv", 5), ("north/c.csv", 11)]
    with files[2].open() as stream:
        assert stream.read() == b"north/c.csv"


def test_a_single_file_is_a_delivery_too(folder: Path) -> None:
    assert [f.name for f in folder_delivery(folder / "b.csv")] == ["b.csv"]


def test_a_link_out_of_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("x")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "d.csv").write_text("x")
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "more").symlink_to(tmp_path / "elsewhere")
    (folder / "north" / "up.csv").symlink_to("../../secret.csv")
    (folder / "within.csv").symlink_to("b.csv")
    assert [f.name for f in folder_delivery(folder)] == ["a.ndjson", "b.csv", "north/c.csv", "within.csv"]


def test_what_is_no_regular_file_is_passed_over(folder: Path) -> None:
    os.mkfifo(folder / "pipe.csv")
    assert "pipe.csv" not in [f.name for f in folder_delivery(folder)]


def test_folders_within_folders_are_refused_and_not_forgotten(folder: Path) -> None:
    (folder / "north" / "deep").mkdir()
    with pytest.raises(Malformed, match="delivery.deep"):
        folder_delivery(folder)


def test_a_place_where_nothing_lies_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(Unknown, match="delivery.absent"):
        folder_delivery(tmp_path / "nowhere")


def test_an_empty_folder_is_an_empty_delivery(tmp_path: Path) -> None:
    assert len(folder_delivery(tmp_path)) == 0
