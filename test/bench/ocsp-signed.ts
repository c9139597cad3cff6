/** OCSP answers a second that are signed for whoever asks: POST with a nonce, P-256, Zipf over 100,000 certificates. */
import { runOcsp } from './support/run-ocsp.ts'

await runOcsp({ name: 'ocsp-signed', target: 6000, method: 'POST' })
