"""Everything that touches the working tree, Git and DVC."""
