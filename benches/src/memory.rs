//! What this process has in memory, by the kernel's own count.

use anyhow::Context;

/// Bytes in memory, each shared page counted by the share of its mappings that are ours (`Pss`): what several mappings of one file
/// have in common counts once.
///
/// # Errors
/// Where there is no `/proc/self/smaps_rollup`.
pub fn resident() -> anyhow::Result<u64> {
    let text = std::fs::read_to_string("/proc/self/smaps_rollup").context("this needs Linux")?;
    let kilobytes = text.lines().find_map(|line| line.strip_prefix("Pss:")?.trim().strip_suffix(" kB"));
    Ok(kilobytes.context("no Pss in smaps_rollup")?.parse::<u64>()? * 1024)
}
