/** The writer: a thread that owns the only writable connection. Each message is one durable transaction. */
import { parentPort, workerData } from 'node:worker_threads'
import { openWritable } from '../connection.ts'
import { batchesOn } from './batches.ts'
import type { Batch, WriterReply, WriterStart } from './protocol.ts'

const start = workerData as WriterStart
const port = parentPort
if (port === null) throw new Error('the writer runs as a worker thread')
const reply = (message: WriterReply): void => port.postMessage(message)

const db = openWritable(start.file)
const batches = batchesOn(db, start.serverId)

port.on('message', (message: Batch | 'close') => {
  if (message === 'close') {
    db.close()
    port.close()
    return
  }
  const outcomes = batches.run(message)
  reply({ kind: 'done', outcomes, walPages: batches.walPages() })
})
reply({ kind: 'ready' })
