import { parentPort } from 'node:worker_threads'
import { unpacked } from './verification-batch.ts'
import { verdictOn } from './verdict-on.ts'

parentPort?.on('message', (batch: Uint8Array) => {
  const verdicts: number[] = []
  for (const verification of unpacked(batch)) verdicts.push(verdictOn(verification))
  parentPort?.postMessage(Uint8Array.from(verdicts))
})
