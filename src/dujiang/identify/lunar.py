"""Turns a date of the Chinese calendar into the one of the common calendar, for the years 1900 to 2050; None outside them.

Birth dates are told in either calendar, and a clerk writes what is told. The table holds what astronomy gave each year: the day of the New
Year, the leap month, and which months have 30 days.
"""

from datetime import date, timedelta

FIRST = 1900
# Three bytes a year: bits 17-22 days from 1 January to the New Year, 13-16 the leap month (0: none), 0-12 one bit a month, set for 30 days.
_YEARS = bytes.fromhex(
    "3d16d26207524c0ea538b64a5c064b440a9b30955656056a400b592a57525007523adb25600b25480a4b32b4ab5802ad42056b2c4b69520da93efd92"
    "640e924c0d2536ba4d5c0a564602b62e95b55606d4400ea92c5e92500e923acd265e052b480a5732b2b6580b5a4406d42e6ec95207493cf693620a93"
    "4c052b34ca5b5a0aad46056a309b55560ba4400b492a5a93500a9538f52d5e0536480aad34b5aa5805b2420da52e7d4a540d4a3d0a95600a974c0556"
    "36cab55a0ad54606d2308ea5560ea540064a286c974e0a9b3af55a5e056a480b6934b7525a0b52420b252c964b520a4b3d14ab6002ad4a056d36cb69"
    "5c0da9460d92309d25560d25415a4d640a564e02b638c5b55e06d5480ea934be925a0e92440d262c6a56500a573d14d662035a4a06d536b6c95c0749"
    "4606932e952b54052b3e0a5b2a555a4e056a38fb55600ba44a0b4932ba93580a9542052d2c8aad500ab53d35aa6205d24c0da536dd4a5c0d4a460c95"
    "30952e5405563e0ab52a55b25006d238cea55e072548064b32ac97560cab42055a2c6ad6520b693d7752620b524c0b2536da4b5a0a4b4404ab2ea55b"
    "5405ad3e0b6a2a5b52500d923afd255e0d25480a5532b4ad5804b64005b52c6daa"
)


def common_date(year: int, month: int, day: int) -> date | None:
    """The common date of day `day` of month `month` (not the leap month) of the Chinese year `year`; None where there is no such day."""
    place = 3 * (year - FIRST)
    if not 0 <= place < len(_YEARS) or not 1 <= month <= 12:
        return None
    word = int.from_bytes(_YEARS[place : place + 3])
    leap = word >> 13 & 15
    place = month - 1 + (0 < leap < month)  # the leap month follows the month whose number it repeats
    if not 1 <= day <= _days(word, place):
        return None
    before = sum(_days(word, i) for i in range(place))
    return date(year, 1, 1) + timedelta(days=(word >> 17) + before + day - 1)


def _days(word: int, place: int) -> int:
    return 29 + (word >> place & 1)
