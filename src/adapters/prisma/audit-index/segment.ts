/** Events of one segment of the lowest level: fewer than that are looked through by whoever looks something up. */
export const SEGMENT = 4096
/** Events whose times are noted together, besides those of a whole segment: so few are read to find where a time begins. */
export const PIECE = 128
/** Of the index's tables. */
export const INDEX_VERSION = 2
