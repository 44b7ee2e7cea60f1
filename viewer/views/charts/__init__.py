"""Bokeh charts of the detail view: built once, then only their columns, ranges and titles change.

They take plain data, no state: a comparison may feed one chart from two of them.
"""
