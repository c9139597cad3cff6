import type { Writes } from '../../core/ports/store.ts'
import { serialBlob, write } from './wire-values.ts'

/** As data: who answers for an authority. */
export const ocspWrites: Pick<Writes, 'ocspResponders'> = {
  ocspResponders: {
    replace: ({ authority, serial, key }, before, at) =>
      before === undefined
        ? write('ocspResponders.add', authority, serialBlob(serial), key, at)
        : write('ocspResponders.replace', serialBlob(serial), key, at, authority, serialBlob(before)),
  },
}
