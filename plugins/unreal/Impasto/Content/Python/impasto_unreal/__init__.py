"""The companion inside Unreal 5.4 and newer.

`places`, `choices_file`, `plan` and `report` know nothing of the editor; `textures`, `instances`, `menu` and
`session` are its thin edge; `follower` joins them, a little at each tick of the editor.
"""
