"""The viewer: Panel, Bokeh and JavaScript. No SQL (see ``warehouse``) and no arithmetic on states
(see ``rnnvis_assets``).

``server`` builds and serves the page of a session, ``state`` holds what it shows and writes the
page's address, ``data`` reads releases and networks, ``views`` draws, ``export`` writes files, and
``component`` is the browser's half.

The walk of a clicked word: the component recolours the cells from the preloaded responses and sends
``{"type": "word", "word_id": …}``; ``views.main_view`` checks the message and selects the word in
``state.selection``; everyone who watches ``word`` then redraws: the main view sends the exact
response, the visible page of the detail view its charts, ``state.session`` carries the word to the
other pane, and ``server.page`` writes the address.
"""
