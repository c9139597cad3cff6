import { ChanceryApiError } from '../../../contract/index.ts'
import { persistently } from '../commands/persistently.ts'
import type { Connection } from '../connection.ts'
import type { Progress } from '../progress.ts'
import type { World } from '../world.ts'
import type { FoundCertificate, FoundRevocation } from './issued-files.ts'

/** Certificates and octets in one call: both below what the server takes. */
const CERTIFICATES_AT_ONCE = 100
const OCTETS_AT_ONCE = 1_500_000
const REVOCATIONS_AT_ONCE = 500

export type Uploaded = { imported: number; known: number; readonly refused: string[] }
type Target = {
  readonly world: World
  readonly server: Connection
  readonly authority: string
  readonly progress: Progress
}

/**
 * Sends certificates page by page. What the server refuses is put aside with its reason, and the rest of its page is
 * sent again; the same command again goes on where it was interrupted, since what is there already is no error.
 */
export async function uploadCertificates(
  target: Target,
  certificates: readonly FoundCertificate[],
): Promise<Uploaded> {
  const done: Uploaded = { imported: 0, known: 0, refused: [] }
  for (const page of pagesOf(certificates)) {
    await uploadPage(target, page, done)
    const { imported, known, refused } = done
    target.progress.show({
      done: imported + known + refused.length,
      made: imported + known,
      failed: refused.length,
    })
  }
  return done
}

async function uploadPage(
  { world, server, authority }: Target,
  page: readonly FoundCertificate[],
  done: Uploaded,
): Promise<void> {
  let rest = page
  while (rest.length > 0) {
    const body = { certificates: rest.map(({ pem }) => pem) }
    try {
      const { imported, known } = await persistently(world, () =>
        server.client.importCertificates({ params: { authority }, body }),
      )
      done.imported += imported
      done.known += known
      return
    } catch (error) {
      const refused = refusedPlaces(error)
      if (refused.size === 0) throw error
      for (const [place, message] of refused) done.refused.push(`${rest[place]?.from ?? ''}: ${message}`)
      rest = rest.filter((_, place) => !refused.has(place))
    }
  }
}

/** Which certificates of a page were refused, and why. */
function refusedPlaces(error: unknown): ReadonlyMap<number, string> {
  if (!(error instanceof ChanceryApiError) || error.code !== 'request_invalid') return new Map()
  const places = (error.problem.violations ?? []).flatMap(({ field, message }) => {
    const place = /^certificates\[(\d+)\]/.exec(field)?.[1]
    return place === undefined ? [] : [[Number(place), message] as const]
  })
  return new Map(places)
}

function* pagesOf(certificates: readonly FoundCertificate[]): Generator<FoundCertificate[]> {
  let page: FoundCertificate[] = []
  let octets = 0
  for (const each of certificates) {
    if (page.length === CERTIFICATES_AT_ONCE || octets + each.pem.length > OCTETS_AT_ONCE) {
      yield page
      page = []
      octets = 0
    }
    page.push(each)
    octets += each.pem.length
  }
  if (page.length > 0) yield page
}

/** Sends a CRL, if there is one, and revocations page by page. */
export async function uploadRevocations(
  { world, server, authority }: Omit<Target, 'progress'>,
  crl: string | undefined,
  revocations: readonly FoundRevocation[],
): Promise<Omit<Uploaded, 'refused'>> {
  const done = { imported: 0, known: 0 }
  const send = async (body: { crl: string } | { revocations: FoundRevocation[] }): Promise<void> => {
    const { imported, known } = await persistently(world, () =>
      server.client.importRevocations({ params: { authority }, body }),
    )
    done.imported += imported
    done.known += known
  }
  // The list first: it knows when each certificate ends.
  for (let at = 0; at < revocations.length; at += REVOCATIONS_AT_ONCE)
    await send({ revocations: revocations.slice(at, at + REVOCATIONS_AT_ONCE) })
  if (crl !== undefined) await send({ crl })
  return done
}
