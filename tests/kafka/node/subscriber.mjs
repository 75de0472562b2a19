// node subscriber.mjs BOOTSTRAP TOPIC GROUP SCHEMA: a line for each news event, for ever
import { readFileSync } from 'node:fs'
import zlib from 'node:zlib'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

// Node knows zstd from 22.15 on; an older one borrows a decoder, before the client looks for it.
if (!zlib.zstdDecompressSync) {
  const { decompress } = await import('fzstd')
  zlib.zstdDecompressSync = block => Buffer.from(decompress(block))
  zlib.zstdCompressSync = () => { throw new Error('this program only reads') }
}
const { Consumer, FetchIsolationLevels, stringDeserializers } = await import('@platformatic/kafka')

// Offsets count code points, strings of JavaScript UTF-16 units: take the string apart into code points first.
const passage = (text, { start, end }) => Array.from(text).slice(start, end).join('')

const [bootstrap, topic, groupId, schema] = process.argv.slice(2)
const valid = addFormats(new Ajv2020()).compile(JSON.parse(readFileSync(schema, 'utf8')))
const consumer = new Consumer({ clientId: groupId, groupId, bootstrapBrokers: [bootstrap], deserializers: stringDeserializers })
const news = await consumer.consume({
  topics: [topic],
  isolationLevel: FetchIsolationLevels.READ_COMMITTED,
  mode: 'committed', // where this group left off
  fallbackMode: 'earliest', // and at first the last 30 days
  autocommit: false
})

for await (const { headers, value, commit } of news) {
  if (headers.get('ce_type') !== 'io.dateline.news.v1') continue
  const event = JSON.parse(value)
  if (!valid(event)) throw new Error(JSON.stringify(valid.errors))
  const proofs = event.origins.flatMap(origin => origin.evidence)
  console.log(JSON.stringify({
    id: event.id,
    language: headers.get('ce_language') ?? null,
    role: headers.get('ce_storyrole'),
    origin: event.origin?.name ?? null,
    proofs: proofs.map(proof => [proof.text, passage(event[proof.field] ?? '', proof)])
  }))
  await commit()
}
