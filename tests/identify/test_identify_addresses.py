"""Addresses: the county, the rest, and the numbers in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.identify.addresses import read_address
from dujiang.identify.names import clean


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("四川省成都市都江堰市幸福路12号3栋101室", ("都江堰市", "幸福路12号3栋101", "12-3-101")),
        ("都江堰市幸福路12号3栋101室", ("都江堰市", "幸福路12号3栋101", "12-3-101")),
        ("四川省 成都市 武侯区 人民路 5 号", ("武侯区", "人民路5号", "")),
        ("北京市朝阳区建国路88号2号楼1单元301", ("朝阳区", "建国路88号2栋1单元301", "88-2-1-301")),
        ("四川省阿坝藏族羌族自治州汶川县幸福大道9号", ("汶川县", "幸福大道9号", "")),
        ("幸福路12号", ("", "幸福路12号", "")),
        ("12 Main Street, Springfield 62704", ("", "12mainstreetspringfield62704", "12-62704")),
        ("成都", ("", "", "")),
        (None, ("", "", "")),
    ],
)
def test_an_address_is_cut_after_the_county(written: str | None, parts: tuple[str, str, str]) -> None:
    assert read_address(written) == parts


def test_a_building_is_one_building_whatever_it_is_called() -> None:
    assert len({read_address(f"武侯区人民路5号{building}301室") for building in ("3栋", "3幢", "3座", "3号楼")}) == 1


def test_traditional_and_full_width_writing_does_not_matter() -> None:
    assert read_address("四川省成都市武侯區人民路５號３棟") == read_address("四川省成都市武侯区人民路5号3栋")


@given(st.text(max_size=60))
def test_any_text_whatever_is_read_without_an_error_and_gives_nothing_it_does_not_contain(text: str) -> None:
    place = read_address(text)
    assert set(place.area + place.street) <= set(clean(text)) | {"栋"}
