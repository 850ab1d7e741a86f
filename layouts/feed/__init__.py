"""The sections of a feed's own page, one file each; ``layouts.pages.feed`` lists them."""
