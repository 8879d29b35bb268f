/// The version of this program.
package enum ServiceVersion {
    package static let current = "0.1.0"
}
