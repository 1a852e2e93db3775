//! Listing of all rows of a query, page by page.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::Value;

use crate::answer::{Class, Row};
use crate::client::{Client, Request};
use crate::error::RequestError;

/// Listing of the rows of a table that pass the filters, in order.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) table: &'static str,
    pub(crate) columns: &'static str,
    pub(crate) filters: Vec<(&'static str, String)>,
    /// Columns that order the rows and, taken together, tell them apart.
    pub(crate) order: &'static [&'static str],
}

impl Listing {
    /// Reads every row, each once.
    ///
    /// The server may cut a page without saying so, and others change rows meanwhile. Therefore a
    /// page starts at the last row of the page before, not at a number, and only the server's count
    /// or an empty page is the end. An offset is used only where more rows than a page holds have
    /// the same value.
    pub(crate) async fn read(
        &self,
        client: &Client,
        page_rows: usize,
    ) -> Result<Vec<Row>, RequestError> {
        let (mut rows, mut seen) = (Vec::new(), HashSet::new());
        let (mut from, mut offset) = (None, 0);
        loop {
            let request = self.page(from.as_deref(), offset, page_rows);
            let answer = match client.send(&request).await {
                Err(error) if error.class() == Class::EndOfPages => return Ok(rows),
                answer => answer?,
            };
            let received = answer.rows.len();
            let last = answer.rows.last().and_then(|row| row.get(self.order[0])?.as_str());
            let last = last.map(str::to_owned);
            rows.extend(answer.rows.into_iter().filter(|row| seen.insert(self.key(row))));
            let is_last = answer.total.is_some_and(|total| offset + received >= total);
            if received == 0 || is_last {
                return Ok(rows);
            }
            if last.is_some() && last != from {
                (from, offset) = (last, 0);
            } else {
                offset += received;
            }
            // Every row before the offset has been read, but for a few that were added meanwhile.
            if offset > rows.len() + page_rows {
                return Err(RequestError::NoPages);
            }
        }
    }

    fn page(&self, from: Option<&str>, offset: usize, page_rows: usize) -> Request {
        let order: Vec<_> = self.order.iter().map(|column| format!("{column}.asc")).collect();
        let mut query = vec![("select", self.columns.to_owned())];
        query.extend(self.filters.iter().cloned());
        query.extend(from.map(|value| (self.order[0], format!("gte.{value}"))));
        query.push(("order", order.join(",")));
        query.push(("limit", page_rows.to_string()));
        if offset > 0 {
            query.push(("offset", offset.to_string()));
        }
        Request { method: Method::GET, table: self.table, query, prefer: "count=exact", body: None }
    }

    fn key(&self, row: &Row) -> Vec<Value> {
        self.order.iter().map(|column| row.get(*column).cloned().unwrap_or_default()).collect()
    }
}
