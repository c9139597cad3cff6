import type { Writes } from '../../core/ports/store.ts'
import { hexBlob, orNull, write } from './wire-values.ts'

/** As data: what an account lets be certified. */
export const profileWrites: Writes['profiles'] = {
  add: (p) =>
    write(
      'profiles.add',
      p.id,
      p.account,
      p.region,
      p.name,
      p.version,
      orNull(p.authority),
      JSON.stringify(p.rules),
      p.createdAt,
      p.updatedAt,
    ),
  replace: (p) =>
    write(
      'profiles.replace',
      p.version,
      orNull(p.authority),
      JSON.stringify(p.rules),
      p.updatedAt,
      p.id,
      p.version - 1,
    ),
  remove: (p) => write('profiles.remove', p.id, p.version),
}

/** As data: keys for which nothing is certified. */
export const compromisedKeyWrites: Writes['compromisedKeys'] = {
  mark: (k) =>
    write(
      'compromisedKeys.mark',
      hexBlob(k.spki),
      k.account,
      k.everywhere ? 1 : 0,
      k.source,
      orNull(k.note),
      k.markedBy,
      k.createdAt,
    ),
  addFromFile: (hashes, at) => write('compromisedKeys.addFromFile', hashes, at),
  dropFromFile: (hashes) => write('compromisedKeys.dropFromFile', hashes),
  settle: (k, at) => write('compromisedKeys.settle', at, hexBlob(k.spki), k.account),
}
