/** OCSP answers a second that had been signed before: GET without a nonce, Zipf over 100,000 certificates. */
import { runOcsp } from './support/run-ocsp.ts'

await runOcsp({ name: 'ocsp-cached', target: 12000, method: 'GET' })
