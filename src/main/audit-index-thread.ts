/** Builds the index of the audit trail until nobody wants it any more; see audit-index.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import { openIndexer } from '../adapters/prisma/audit-index/indexer.ts'
import type { IndexThreadStart } from './audit-index.ts'

const { database, index, wanted } = workerData as IndexThreadStart
const indexer = openIndexer(database, index)
/** When there was nothing to do; so many events come in less than two seconds only where very many are issued. */
const REST = 2_000
/** Between two segments the processor belongs to who issues. */
const PAUSE = 20

let until = Date.now() + wanted
let timer: NodeJS.Timeout
function turn(): void {
  if (Date.now() > until) return end()
  timer = setTimeout(turn, indexer.step() > 0 ? PAUSE : REST)
}
function end(): void {
  clearTimeout(timer)
  indexer.close()
  parentPort?.close()
}
// The one who asked says again and again that it is still wanted.
parentPort?.on('message', (message: 'go on' | 'end') => {
  if (message === 'end') end()
  else until = Date.now() + wanted
})
turn()
