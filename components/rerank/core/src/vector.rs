//! f32 vectors: products in a fixed order of additions, so that every target gives the same bits.

/// Lanes of a sum.
const LANES: usize = 8;

/// Rows that are multiplied with one vector at once: its values are read once for all of them.
const ROWS: usize = 4;

/// Sum of the products of two vectors, as far as the shorter one goes.
#[inline]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let [sum] = dots([a], b);
    sum
}

/// `R` products with one vector.
#[inline(always)]
fn dots<const R: usize>(rows: [&[f32]; R], vector: &[f32]) -> [f32; R] {
    let mut sums = [[0.0f32; LANES]; R];
    let (chunks, rest) = vector.as_chunks::<LANES>();
    let heads = rows.map(|row| row.as_chunks::<LANES>().0);
    for (at, chunk) in chunks.iter().enumerate() {
        for (sums, head) in sums.iter_mut().zip(heads) {
            let Some(row) = head.get(at) else { continue };
            for ((sum, &x), &y) in sums.iter_mut().zip(row).zip(chunk) {
                *sum += x * y;
            }
        }
    }
    for (sums, row) in sums.iter_mut().zip(rows) {
        let tail = row.get(chunks.len() * LANES..).unwrap_or_default();
        for ((sum, &x), &y) in sums.iter_mut().zip(tail).zip(rest) {
            *sum += x * y;
        }
    }
    sums.map(|[a, b, c, d, e, f, g, h]| ((a + e) + (c + g)) + ((b + f) + (d + h)))
}

/// `matrix`, row by row, times `vector`, plus `bias`, appended to `out`.
pub(crate) fn affine(matrix: &[f32], bias: &[f32], vector: &[f32], out: &mut Vec<f32>) {
    let width = vector.len().max(1);
    let start = out.len();
    let (blocks, rest) = matrix.split_at(matrix.len() - matrix.len() % (ROWS * width));
    for block in blocks.chunks_exact(ROWS * width) {
        let (ab, cd) = block.split_at(2 * width);
        let ((a, b), (c, d)) = (ab.split_at(width), cd.split_at(width));
        out.extend(dots([a, b, c, d], vector));
    }
    out.extend(rest.chunks_exact(width).map(|row| dot(row, vector)));
    for (value, bias) in out.iter_mut().skip(start).zip(bias) {
        *value += bias;
    }
}

/// Divides a vector by its length; one of no length stays as it is.
pub(crate) fn unit(vector: &mut [f32]) {
    let length = dot(vector, vector).sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_take_every_length() {
        for width in 1..40 {
            let vector: Vec<f32> = (0..width).map(|i| (i % 5) as f32 - 2.0).collect();
            for rows in 0..10 {
                let matrix: Vec<f32> = (0..rows * width).map(|i| (i % 7) as f32 - 3.0).collect();
                let bias: Vec<f32> = (0..rows).map(|i| i as f32).collect();
                let mut out = vec![9.0];
                affine(&matrix, &bias, &vector, &mut out);
                assert_eq!(out.len(), rows + 1);
                for ((row, bias), &value) in matrix.chunks(width).zip(&bias).zip(&out[1..]) {
                    let expected: f32 = row.iter().zip(&vector).map(|(x, y)| x * y).sum();
                    assert_eq!(value, expected + bias);
                }
            }
        }
    }

    #[test]
    fn a_unit_vector_has_length_one() {
        let mut vector = [3.0, 0.0, 4.0];
        unit(&mut vector);
        assert_eq!(vector, [0.6, 0.0, 0.8]);
        let mut zero = [0.0; 3];
        unit(&mut zero);
        assert_eq!(zero, [0.0; 3]);
    }
}
