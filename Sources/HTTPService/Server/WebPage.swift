/// The files of the folder `Web`, which are part of the program.
enum WebPage {
    struct File: Sendable {
        var path: String
        var type: String
        var content: [UInt8]
    }

    static let files = [
        File(path: "/", type: "text/html; charset=utf-8", content: PackageResources.index_html),
        File(path: "/page.css", type: "text/css; charset=utf-8", content: PackageResources.page_css),
        File(path: "/page.js", type: "text/javascript; charset=utf-8", content: PackageResources.page_js),
        File(path: "/graph.js", type: "text/javascript; charset=utf-8", content: PackageResources.graph_js),
        File(path: "/icon.svg", type: "image/svg+xml", content: PackageResources.icon_svg),
        File(path: "/api/v1/openapi.json", type: "application/json", content: PackageResources.openapi_json),
    ]
}
