"""A study as people read it: page, Markdown, terminal, and one held against another.

page        one self-contained HTML page
markdown    the same for an issue, a wiki or a mail
text        the view for a terminal
content     what all of them say
compare     two studies, in words and money
"""
