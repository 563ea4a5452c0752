"""The institution's pages: a plain list for every kind of thing, made from the acts that list; both languages; no script needed."""

from dujiang.doors.desk.pages import add_desk

__all__ = ["add_desk"]
