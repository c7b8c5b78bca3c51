/** The triggers that keep a table's rows as they were written. */
export function appendOnly(table: string): string {
  return `
create trigger ${table}_no_update before update on ${table} begin select raise(abort, '${table}: append only'); end;
create trigger ${table}_no_delete before delete on ${table} begin select raise(abort, '${table}: append only'); end;
`
}
