import { Table, Text } from "@mantine/core";
import type { ReactNode } from "react";

export interface Column<Row> {
  readonly name: string;
  readonly title: string;
  readonly isNumber?: boolean;
  /** Holds buttons: at the right end of its row. */
  readonly isAction?: boolean;
  readonly cell: (row: Row) => ReactNode;
}

interface DataTableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row, i: number) => string;
  readonly none?: ReactNode;
}

/** Rows and columns that scroll by themselves where the page is narrow; rows with buttons stand there as cards, none out of sight. */
export function DataTable<Row>({ caption, columns, rows, keyOf, none = "nothing" }: DataTableProps<Row>) {
  if (rows.length === 0)
    return (
      <Text c="dimmed" size="sm">
        {none}
      </Text>
    );
  return (
    <Table.ScrollContainer minWidth={0} type="native">
      <Table
        striped
        highlightOnHover
        verticalSpacing="xs"
        aria-label={caption}
        className={columns.some(({ isAction }) => isAction) ? "weir-cards" : undefined}
      >
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ name, title, isNumber }) => (
              <Table.Th key={name} scope="col" className={isNumber === true ? "weir-number" : undefined}>
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, i) => (
            <Table.Tr key={keyOf(row, i)}>
              {columns.map(({ name, title, isNumber, isAction, cell }) => (
                <Table.Td key={name} data-title={title} className={classOf(isNumber, isAction)}>
                  {cell(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function classOf(isNumber = false, isAction = false): string {
  if (isAction) return "weir-action";
  return isNumber ? "weir-number" : "weir-break";
}
