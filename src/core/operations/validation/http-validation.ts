import { isAccountId, type AccountId } from '../../domain/ids.ts'
import { isName, nameOrRefusal } from '../../x509/general-names.ts'
import { hmacSha256 } from '../../x509/digest.ts'
import type { Ports } from '../../ports/ports.ts'
import { installationSecret } from '../installation/installation-secret.ts'
import type { HttpValidation } from './check-http.ts'

type Place = { readonly secret: Uint8Array; readonly account: AccountId; readonly domain: string }

const hex = (part: string, { secret, account, domain }: Place): string =>
  Buffer.from(hmacSha256(secret, 'http validation', account, domain, part))
    .toString('hex')
    .slice(0, 32)
const nameOf = (place: Place): string => `${hex('name', place)}.txt`
const contentOf = (place: Place): string => `chancery-validation=${hex('content', place)}`

/**
 * What proves an account's control over a domain's web server: always the same for one account and domain of an
 * installation, like the DNS record. Not for wildcards: who serves a host doesn't speak for the others beside it.
 *
 * @param publicUrl where the public repository is reached, without a final slash
 * @param secret of the installation: `installationSecret`
 * @param domain lower-case A-labels
 */
export function httpValidation(
  publicUrl: string,
  secret: Uint8Array,
  account: AccountId,
  domain: string,
): HttpValidation {
  const place = { secret, account, domain }
  return {
    from: `http://${domain}/.well-known/pki-validation/${nameOf(place)}`,
    to: `${publicUrl}/validation/${account}/${domain}/${nameOf(place)}`,
    content: contentOf(place),
  }
}

/**
 * The content that stands in the public repository under an account, a domain and the name that `httpValidation` gave
 * them, for anybody; undefined for any other name, so that nobody learns more than was made for them.
 */
export async function readHttpValidation(
  ports: Pick<Ports, 'store' | 'random'>,
  { account, domain, file }: { readonly account: string; readonly domain: string; readonly file: string },
): Promise<string | undefined> {
  const name = nameOrRefusal('dns', domain)
  if (!isAccountId(account) || !isName(name) || name.type !== 'dns' || name.value !== domain) return undefined
  if (domain.startsWith('*')) return undefined
  const place = { secret: await installationSecret(ports), account, domain }
  return file === nameOf(place) ? contentOf(place) : undefined
}
