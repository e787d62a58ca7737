//! File descriptors: each connection takes one, and each call of a model another. Many systems grant a process 1,024 unless it asks for more.

use std::io;

/// Asks the system for as many as it lets this process have. Their number.
///
/// # Errors
/// Where the system doesn't say, or doesn't grant what it said.
pub fn raise() -> io::Result<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a place for what the call writes, and the call keeps no pointer to it.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    if limit.rlim_cur < limit.rlim_max {
        limit.rlim_cur = limit.rlim_max;
        // SAFETY: the call reads `limit`, and keeps no pointer to it.
        if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(limit.rlim_cur)
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_granted_is_had() {
        let granted = super::raise().unwrap();
        assert!(granted >= 1);
        assert_eq!(super::raise().unwrap(), granted, "nothing more is to be had");
    }
}
