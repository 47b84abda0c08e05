//! A small HTTP client: one connection, one request after the other, bodies whole or line by line.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// A connection.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<TcpStream>,
    address: String,
    token: Option<String>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers, their names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body, which must be JSON.
    ///
    /// # Panics
    /// If it is not.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The body of an answer that must have this status.
    ///
    /// # Panics
    /// If it has another.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// The problem that an answer of this status must tell.
    ///
    /// # Panics
    /// If it has another, or tells none.
    pub fn problem(&self, status: u16) -> Value {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem = self.expect(status);
        assert_eq!(problem["status"], status);
        problem
    }
}

impl Client {
    /// Connects.
    ///
    /// # Panics
    /// If nobody listens.
    pub fn connect(address: &str) -> Self {
        Client::try_connect(address).expect("it listens")
    }

    /// Connects, if somebody listens.
    ///
    /// # Errors
    /// If nobody does.
    pub fn try_connect(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        Ok(Client { stream: BufReader::new(stream), address: address.to_owned(), token: None })
    }

    /// From now on it signs in with a token.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Asks, with more headers if need be.
    ///
    /// # Panics
    /// If there is no answer.
    pub fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        self.send(method, path, headers, body);
        self.receive()
    }

    /// The same of a server that may go away.
    ///
    /// # Errors
    /// If there is no whole answer.
    pub fn try_ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Response> {
        self.try_send(method, path, headers, body)?;
        self.try_receive()
    }

    /// `GET`.
    ///
    /// # Panics
    /// If there is no answer.
    pub fn get(&mut self, path: &str) -> Response {
        self.ask("GET", path, &[], b"")
    }

    /// `POST` of JSON.
    ///
    /// # Panics
    /// If there is no answer.
    pub fn post(&mut self, path: &str, body: &Value) -> Response {
        self.ask("POST", path, &[], body.to_string().as_bytes())
    }

    /// Sends a request.
    ///
    /// # Panics
    /// If it cannot be sent.
    pub fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) {
        self.try_send(method, path, headers, body).expect("it is sent");
    }

    fn try_send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<()> {
        let length = body.len().to_string();
        let authorization = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let mut all: Vec<(&str, &str)> = headers.to_vec();
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            all.push(("Host", &self.address));
        }
        if method == "POST" {
            all.extend([("Content-Type", "application/json"), ("Content-Length", &length)]);
        }
        all.extend(authorization.as_deref().map(|token| ("Authorization", token)));
        let lines =
            all.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
        let head = format!("{method} {path} HTTP/1.1\r\n{lines}\r\n");
        let bytes = [head.as_bytes(), body].concat();
        self.stream.get_mut().write_all(&bytes)
    }

    /// Receives a whole answer.
    ///
    /// # Panics
    /// If none comes.
    pub fn receive(&mut self) -> Response {
        self.try_receive().expect("a whole answer")
    }

    fn try_receive(&mut self) -> io::Result<Response> {
        let (status, headers) = self.try_head()?;
        let mut response = Response { status, headers, body: Vec::new() };
        if response.header("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = self.try_chunk()? {
                response.body.extend(chunk);
            }
        } else if let Some(length) = response.header("content-length") {
            response.body = vec![0; length.parse().expect("a length is a number")];
            self.stream.read_exact(&mut response.body)?;
        }
        Ok(response)
    }

    /// The status and headers of an answer.
    ///
    /// # Panics
    /// If none comes.
    pub fn head(&mut self) -> (u16, Vec<(String, String)>) {
        self.try_head().expect("the head of an answer")
    }

    fn try_head(&mut self) -> io::Result<(u16, Vec<(String, String)>)> {
        let status = self.line()?;
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.expect("an answer begins with its status");
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(": ") else { return Ok((status, headers)) };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
    }

    /// The next chunk of a body that is told in chunks; none at its end.
    ///
    /// # Panics
    /// If it breaks off.
    pub fn chunk(&mut self) -> Option<Vec<u8>> {
        self.try_chunk().expect("it does not break off")
    }

    /// The same of a body that may be broken off.
    ///
    /// # Errors
    /// If it is.
    pub fn try_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let broken = |_| io::Error::from(io::ErrorKind::UnexpectedEof);
        let length = usize::from_str_radix(line.trim_end(), 16).map_err(broken)?;
        let mut chunk = vec![0; length + 2];
        self.stream.read_exact(&mut chunk)?;
        chunk.truncate(length);
        Ok((length > 0).then_some(chunk))
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        if !line.ends_with('\n') {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }

    /// What lies below, for who speaks otherwise.
    pub fn stream(&mut self) -> &mut BufReader<TcpStream> {
        &mut self.stream
    }
}
