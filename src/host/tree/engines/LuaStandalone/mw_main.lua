-- Marks this folder as a tree that the peer can be started with; bin/lua does not run it.
-- It is no part of Scribunto: it lets the embedded host work on a machine without MediaWiki.
server:execute()
