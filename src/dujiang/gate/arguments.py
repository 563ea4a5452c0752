"""The arguments of an act, read as its type; what does not fit is refused with the place of the fault and never with the value."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from dujiang.act import Act
from dujiang.errors import Malformed
from dujiang.words import Saying, Word

_PLACE = re.compile(r" - at (?:`key` in )?`(\$[A-Za-z0-9_.\[\]]*)`\Z")
_MISSING = re.compile(r"Object missing required field `([A-Za-z0-9_]+)`")
_EXPECTED = re.compile(r"Expected `([a-z |]+)`, got `([a-z |]+)`")


def read_args(act: Act, args: Word | Mapping[str, Any] | bytes, *, strict: bool = True) -> Any:
    """`args` may be JSON bytes, builtins or the value itself; without `strict`, text that spells a number is one (a URL's query)."""
    try:
        if isinstance(args, bytes):
            return msgspec.json.decode(args or b"{}", type=act.takes)
        return args if isinstance(args, act.takes) else msgspec.convert(args, act.takes, strict=strict)
    except (ValueError, RecursionError) as fault:
        said = unfit(str(fault))
        raise Malformed("gate.arguments", "The arguments of {act} do not fit: " + said.en, "{act} 的参数不符：" + said.zh, act=act.name) from None


def unfit(fault: str) -> Saying:
    """What is wrong, from msgspec's message: it may quote a value or a stranger's field name, so only types and places are taken over."""
    found = _PLACE.search(fault)
    place = found.group(1) if found else "$"
    if missing := _MISSING.match(fault):
        return Saying(en=f"`{missing.group(1)}` is missing at {place}.", zh=f"位置 {place} 缺少 `{missing.group(1)}`。")
    if wrong := _EXPECTED.match(fault):
        wanted, given = wrong.groups()
        return Saying(en=f"at {place}, {wanted} is expected, not {given}.", zh=f"位置 {place} 应为 {wanted}，而非 {given}。")
    if fault.startswith("Object contains unknown field"):
        return Saying(en="there is a field that it does not take.", zh="含有不接受的字段。")
    if found:
        return Saying(en=f"the value at {place} is not allowed there.", zh=f"位置 {place} 的值不允许。")
    return Saying(en="it is not one whole JSON object.", zh="内容不是一个完整的 JSON 对象。")
