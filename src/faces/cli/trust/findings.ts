import type { World } from '../world.ts'
import type { Anchor } from './anchor.ts'
import type { Finding, StoreName } from './facts.ts'
import { javaFindings } from './java-store.ts'
import { nssFindings } from './nss-store.ts'
import { systemFindings } from './system-store.ts'

/** Looks into each store of the kinds asked for; changes nothing. */
export async function findingsIn(
  world: World,
  anchor: Anchor,
  stores: readonly StoreName[],
  javaPassword: string | undefined,
): Promise<Finding[]> {
  const look = {
    system: () => systemFindings(world, anchor),
    nss: () => nssFindings(world, anchor),
    java: () => javaFindings(world, anchor, javaPassword),
  } as const satisfies Record<StoreName, () => Promise<Finding[]>>
  return (await Promise.all(stores.map((store) => look[store]()))).flat()
}
