import { defineConfig } from 'prisma/config'

// Only `prisma generate` and `prisma format` are run; they never open a database, but insist on a URL.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: 'file:./never-opened.db' },
})
