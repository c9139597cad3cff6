import { judgeAddress } from '../outbound/special-addresses.ts'

/** Who stands where, so that no place counts for two perspectives. */
export type Places = {
  /** Takes a place for a perspective, in exchange for the one it had; undefined, or who has it already. */
  take(perspective: string, place: string, instead?: string): string | undefined
}

/** Of all perspectives of one server; `taken` are places whose perspectives are known from the start. */
export function createPlaces(taken: Iterable<readonly [place: string, perspective: string]> = []): Places {
  const owners = new Map(taken)
  return {
    take(perspective, place, instead) {
      const owner = owners.get(place) ?? perspective
      if (owner !== perspective) return owner
      if (instead !== undefined && instead !== place) owners.delete(instead)
      owners.set(place, perspective)
      return undefined
    },
  }
}

/**
 * The resolver's address in `192.0.2.53:53` or `[2001:db8::53]:53`, where it names one machine in the whole world:
 * behind a private one stands another machine in each network.
 */
export function publicPlace(resolver: string): string | undefined {
  const [, six, four] = /^(?:\[([^\]]+)\]|([^:]+)):[0-9]+$/.exec(resolver) ?? []
  const address = six ?? four
  return address !== undefined && judgeAddress(address).kind === 'public' ? address : undefined
}
