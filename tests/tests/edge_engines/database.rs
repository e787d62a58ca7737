//! `spin:postgres` over tokio-postgres, as Spin has it: one statement at a time, rows in a stream, an error of the server with its SQLSTATE, and one of the connection in words.

#![expect(clippy::result_large_err, reason = "the error is the contract's")]

use std::sync::Arc;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls};
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use crate::edge::postgres::{
    self, Column, DbDataType, DbError, DbValue, Error, ParameterValue, QueryError, RowSet,
};
use crate::edge::{Host, State};

/// A connection of an instance.
pub struct Connection(Arc<Client>);

/// What makes one with certificates, which nobody does here.
pub struct Builder;

type Row = Vec<DbValue>;
type Streamed = (Vec<Column>, StreamReader<Row>, FutureReader<Result<(), Error>>);

async fn connect(address: &str) -> Result<Connection, Error> {
    let refused = |error: tokio_postgres::Error| Error::ConnectionFailed(format!("{error:?}"));
    let (client, connection) = tokio_postgres::connect(address, NoTls).await.map_err(refused)?;
    tokio::spawn(async move { drop(connection.await) });
    Ok(Connection(Arc::new(client)))
}

async fn query(client: &Client, statement: &str, parameters: &[ParameterValue]) -> Result<Vec<Row>, Error> {
    let mut texts = Vec::new();
    for parameter in parameters {
        let ParameterValue::Str(text) = parameter else {
            return Err(Error::BadParameter(format!("{parameter:?}")));
        };
        texts.push(text as &(dyn ToSql + Sync));
    }
    let rows = client.query(statement, &texts).await.map_err(query_failed)?;
    rows.iter()
        .map(|row| {
            let value = |at: usize| match row.columns().get(at).map(tokio_postgres::Column::type_) {
                Some(kind) if *kind == Type::TEXT => match row.try_get::<_, Option<String>>(at) {
                    Ok(text) => Ok(text.map_or(DbValue::DbNull, DbValue::Str)),
                    Err(error) => Err(Error::ValueConversionFailed(error.to_string())),
                },
                kind => Err(Error::ValueConversionFailed(format!("{kind:?}"))),
            };
            (0..row.len()).map(value).collect()
        })
        .collect()
}

fn query_failed(error: tokio_postgres::Error) -> Error {
    let as_text = format!("{error:?}");
    Error::QueryFailed(match error.as_db_error() {
        None => QueryError::Text(as_text),
        Some(said) => QueryError::DbError(DbError {
            as_text,
            severity: said.severity().to_owned(),
            code: said.code().code().to_owned(),
            message: said.message().to_owned(),
            detail: said.detail().map(str::to_owned),
            extras: Vec::new(),
        }),
    })
}

fn columns() -> Vec<Column> {
    vec![Column { name: "text".to_owned(), data_type: DbDataType::Str }]
}

fn unasked<T>() -> wasmtime::Result<T> {
    Err(wasmtime::format_err!("nobody calls this here"))
}

impl postgres::Host for State {}

impl<T> postgres::HostConnectionWithStore<T> for Host {
    async fn open_async(
        accessor: &Accessor<T, Self>,
        address: String,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        let connection = match connect(&address).await {
            Ok(connection) => connection,
            Err(error) => return Ok(Err(error)),
        };
        Ok(Ok(accessor.with(|mut access| access.get().table.push(connection))?))
    }

    async fn query_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<Streamed, Error>> {
        let client =
            accessor.with(|mut access| access.get().table.get(&connection).map(|found| found.0.clone()))?;
        let rows = match query(&client, &statement, &parameters).await {
            Ok(rows) => rows,
            Err(error) => return Ok(Err(error)),
        };
        accessor.with(|mut access| {
            let rows = StreamReader::new(&mut access, rows)?;
            let outcome = FutureReader::new(&mut access, async { wasmtime::error::Ok(Ok(())) })?;
            Ok(Ok((columns(), rows, outcome)))
        })
    }

    async fn execute_async(
        _: &Accessor<T, Self>,
        _: Resource<Connection>,
        _: String,
        _: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<u64, Error>> {
        unasked()
    }
}

impl postgres::HostConnection for State {
    fn open(&mut self, _: String) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        unasked()
    }

    fn query(
        &mut self,
        _: Resource<Connection>,
        _: String,
        _: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<RowSet, Error>> {
        unasked()
    }

    fn execute(
        &mut self,
        _: Resource<Connection>,
        _: String,
        _: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<u64, Error>> {
        unasked()
    }

    fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

impl<T> postgres::HostConnectionBuilderWithStore<T> for Host {
    async fn build_async(
        _: &Accessor<T, Self>,
        _: Resource<Builder>,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        unasked()
    }
}

impl postgres::HostConnectionBuilder for State {
    fn new(&mut self, _: String) -> wasmtime::Result<Resource<Builder>> {
        unasked()
    }

    fn set_ca_root(&mut self, _: Resource<Builder>, _: String) -> wasmtime::Result<Result<(), Error>> {
        unasked()
    }

    fn build(&mut self, _: Resource<Builder>) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        unasked()
    }

    fn drop(&mut self, _: Resource<Builder>) -> wasmtime::Result<()> {
        unasked()
    }
}
