import 'reflect-metadata'
import { X509Crl } from '@peculiar/x509'

/** A CRL as relying parties fetch it. @throws Error when it isn't served */
export async function fetchCrl(url: string): Promise<Buffer<ArrayBuffer>> {
  const response = await fetch(url)
  if (response.status !== 200) throw new Error(`${url}: ${response.status}`)
  return Buffer.from(await response.arrayBuffer())
}

/** Serial numbers in a CRL, 32 hex digits each, read by another library than the product's own. */
export const revokedIn = (crl: Uint8Array<ArrayBuffer>): ReadonlySet<string> =>
  new Set(
    new X509Crl(crl).entries.map(({ serialNumber }) =>
      serialNumber.toLowerCase().replace(/^0+/, '').padStart(32, '0'),
    ),
  )
