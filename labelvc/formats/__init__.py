"""Label file formats. `FORMATS` lists them; entry points in the group `labelvc.formats` add more."""
