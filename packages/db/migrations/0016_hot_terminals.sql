-- Each message changes its terminal's row four times, in columns of no index. Where a page has room the indexes stay as they are.
ALTER TABLE "terminals" SET (fillfactor = 50);
