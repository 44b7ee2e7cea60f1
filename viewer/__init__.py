"""The viewer: session state, views, and the browser component with its geometry.

Belongs here: Panel, Bokeh and JavaScript. Does not belong here: SQL (see ``warehouse``) and
arithmetic on states (see ``rnnvis_assets``).
"""
