"""An incident as other departments want to be told of it: CAP, Cursor on Target, the 119 sheet."""
