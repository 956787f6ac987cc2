"""The demo world: an invented company's raw tables, with planted truths that a good tool must find."""

from leadhouse.demo.clock import WORLD_END, WORLD_START
from leadhouse.demo.world import WorldSummary, write_world

__all__ = ["WORLD_END", "WORLD_START", "WorldSummary", "write_world"]
