<?php
/**
 * Writes every file under fixtures/wiki into the wiki's database: one page each, with a fixed author and
 * date, and without the updates of a real edit (a parse of each page, jobs, recent changes), which would
 * run Lua before the comparison does.
 *
 *   pages/A b.wikitext -> A b            modules/A/data.lua -> Module:A/data
 *   templates/A.wikitext -> Template:A   modules/A.json -> Module:A.json
 *   messages/A.wikitext -> MediaWiki:A
 */

use MediaWiki\MediaWikiServices;

require_once getenv( 'REAL_HOST_MEDIAWIKI' ) . '/maintenance/Maintenance.php';

class ImportFixtures extends Maintenance {
	private const TIMESTAMP = '20240229123456';

	public function __construct() {
		parent::__construct();
		$this->addArg( 'folder', 'fixtures/wiki' );
	}

	public function execute() {
		$importer = MediaWikiServices::getInstance()->getWikiRevisionOldRevisionImporterNoUpdates();
		$this->beginTransaction( $this->getDB( DB_PRIMARY ), __METHOD__ );
		$count = 0;
		// Not a class constant: MediaWiki defines the names of namespaces after it has read this file.
		$namespaces = [
			'messages' => NS_MEDIAWIKI,
			'modules' => NS_MODULE,
			'pages' => NS_MAIN,
			'templates' => NS_TEMPLATE,
		];
		foreach ( $namespaces as $folder => $namespace ) {
			foreach ( $this->filesUnder( $this->getArg( 0 ) . "/$folder" ) as $name => $path ) {
				$title = Title::makeTitleSafe( $namespace, preg_replace( '/\.(wikitext|lua)$/', '', $name ) );
				if ( !$title ) {
					$this->fatalError( "no page can have the name of $path" );
				}
				$revision = new WikiRevision( $this->getConfig() );
				$revision->setTitle( $title );
				$revision->setContent( 'main', ContentHandler::makeContent( file_get_contents( $path ), $title ) );
				$revision->setUsername( 'Fixture admin' );
				$revision->setTimestamp( self::TIMESTAMP );
				$revision->setComment( '' );
				if ( !$importer->import( $revision ) ) {
					$this->fatalError( "could not import $path" );
				}
				$count++;
			}
		}
		$this->commitTransaction( $this->getDB( DB_PRIMARY ), __METHOD__ );
		$this->output( "imported $count pages\n" );
	}

	/** Name below the folder => path, in the order of the names. */
	private function filesUnder( string $folder ): array {
		$files = [];
		if ( !is_dir( $folder ) ) {
			return $files;
		}
		$entries = new RecursiveIteratorIterator(
			new RecursiveDirectoryIterator( $folder, FilesystemIterator::SKIP_DOTS )
		);
		foreach ( $entries as $entry ) {
			$files[ substr( $entry->getPathname(), strlen( $folder ) + 1 ) ] = $entry->getPathname();
		}
		ksort( $files, SORT_STRING );
		return $files;
	}
}

$maintClass = ImportFixtures::class;
require_once RUN_MAINTENANCE_IF_MAIN;
