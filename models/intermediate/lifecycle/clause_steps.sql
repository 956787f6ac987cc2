{{ config(materialized='view') }}

select * from {{ ref('clause_steps_score') }}
union all
select * from {{ ref('clause_steps_count') }}
union all
select * from {{ ref('clause_steps_emails') }}
