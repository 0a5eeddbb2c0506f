"""Pages for people, served by `offtake serve` beside the HTTP interface.

    serving    joins the pages to the application; the list of them
    frame      how a page is made: template, navigation, faults as pages
    access     who looks: signing in, roles, forms that only our own pages can send
    warming    pages that are slow at first are prepared once the service is up
    guarding   what a browser sent for somebody else is turned away
    assets     style sheet, scripts and colours, from memory
    data       the numbers behind a figure or a table, as CSV and Parquet

Pages are written on the server and read without a script; a script keeps them up to date.
"""
