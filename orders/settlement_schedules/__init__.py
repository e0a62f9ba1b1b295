"""When settlement runs start by themselves; not what they do."""
