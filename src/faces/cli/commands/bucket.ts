import type { Command } from 'commander'
import type { BucketJson } from '../../../contract/index.ts'
import { contextOf, type Context, type Run } from '../context.ts'
import type { Column } from '../table.ts'
import { momentOf } from '../times.ts'
import { wholeList } from './whole-list.ts'

/** `chancery bucket list|delete`. */
export function addBucket(program: Command, run: Run): void {
  const bucket = program.command('bucket').description('work with buckets: names for CRLs and audit reports')
  bucket
    .command('list')
    .description('list the account’s buckets')
    .action(async (_options: object, command: Command) => list(contextOf(run, command)))
  bucket
    .command('delete')
    .description('give up a bucket that no authority and no audit report names')
    .argument('<name>', 'its name')
    .action(async (name: string, _options: object, command: Command) => remove(contextOf(run, command), name))
}

const COLUMNS: readonly Column<BucketJson>[] = [
  { title: 'NAME', value: (it) => it.name },
  { title: 'SINCE', value: (it) => momentOf(it.createdAt) },
]

async function list(context: Context): Promise<void> {
  const { ask } = await context.server()
  const buckets = await wholeList(context, (query) => ask('listBuckets', { query }))
  if (buckets !== undefined) context.table(COLUMNS, buckets)
}

async function remove(context: Context, name: string): Promise<void> {
  const { client } = await context.server()
  await client.deleteBucket({ params: { bucket: name } })
  context.note(`The bucket ${name} is given up; what certificates name is served as before.`)
}
